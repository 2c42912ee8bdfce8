"""What every page is built of: layout, formats of numbers, icons, colours, charts, tables."""
