"""A result as tables: plain rows for whatever reads tables, data frames for notebooks."""
