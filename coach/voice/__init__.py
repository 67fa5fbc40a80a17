"""Speech: pyttsx3 in disposable child processes, so that no fault of an engine can reach a rehearsal.

From outside in: `sink` turns the events of a rehearsal into utterances; `speaker` is the thread that says them;
`lineup` knows which is next, `casting` who says it, `mouth` how; `children` has a warm `process` ready, which runs
`child`. `engine` answers questions that need no session.
"""
