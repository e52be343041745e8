"""The backward pass of a whole network as one file to fill in, checked array by array as often as one likes."""
