"""A believable portfolio to look at and to try things on. Every name and number in it is made up."""
