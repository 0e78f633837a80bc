"""Forms of the acts: what is typed, and no rule of the work itself."""
