"""What happens when nobody is listening: callbacks, letters, and the sweep that finds them."""
