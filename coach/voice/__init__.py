"""Speech with pyttsx3 in disposable child processes, so that no fault of an engine can affect a rehearsal.

`speaker` turns events into speech in a thread of its own; `utterances` is their queue; `voices` chooses the
voice; `process` starts one child process (`child`) per utterance and keeps a spare one ready.
"""
