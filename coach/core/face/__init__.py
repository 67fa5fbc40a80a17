"""The face itself: what each part of it does, where the head points and where the eyes look."""
