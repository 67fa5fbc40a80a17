"""The pure heart: script, timeline, engine, smoothing, scoring. No files, no clock, no cv2: standard library and pydantic."""
