"""Circuit objects of other libraries, each library in its one file, and how they travel."""
