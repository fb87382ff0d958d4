"""What a reader sees: tables, workbook, pictures and pages, drawn from one content object."""
