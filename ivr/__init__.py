"""What callers hear and what we decide. Read in this order: menu, steps, prompts, turn, actions."""
