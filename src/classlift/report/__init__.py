"""From findings to a page that explains a layer, and from charts to pictures."""
