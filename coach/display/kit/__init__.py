"""What every display uses: console, keys, letters, windows, bars."""
