"""Tests of the pages. A package, so that their browser ends with the last of them."""
