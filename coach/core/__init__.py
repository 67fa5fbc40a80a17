"""The pure heart: script, timeline, engine, scoring. No files, no clock, no cv2: standard library and pydantic."""
