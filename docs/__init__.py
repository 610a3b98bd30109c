"""The documentation: pages for people, and in ``generator`` what makes those that the code knows best."""
