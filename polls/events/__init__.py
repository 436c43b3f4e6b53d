"""Events as their audience sees them: which polls there are, and which one is on."""
