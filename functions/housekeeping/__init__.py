"""What a clock must do: mends what a crash left half done, and what people ask for by hand."""
