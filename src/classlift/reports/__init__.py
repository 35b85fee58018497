"""From report_data to a page that explains a layer, and from charts to pictures."""
