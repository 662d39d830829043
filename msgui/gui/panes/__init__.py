"""One file is one pane; a pane listens to the session and to no other pane."""
