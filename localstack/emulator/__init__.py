"""The AWS emulator of the one-machine stack: ministack, with what we mend in it."""
