"""The sample app of the lab, dockersamples/example-voting-app, run without Docker beside our drills."""
