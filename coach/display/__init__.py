"""What the actor sees and presses: live terminal view, plain lines, camera window, summary, keys."""
