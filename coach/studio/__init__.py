"""The studio: rehearse in the browser, served to this machine alone. A front end beside the command line."""
