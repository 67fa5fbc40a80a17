"""What a front end calls: rehearse, mirror, review, rescore, compare, history, drill. It knows no terminal."""
