"""At which position of another log a consumer can go on: what is read for that, and how it is sent there."""
