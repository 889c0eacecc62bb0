"""Reports: what is found or summed, set out as a page of HTML or as a workbook."""
