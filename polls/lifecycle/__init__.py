"""How a poll changes its state: transitions, and the safety net that carries them on."""
