"""From results to text: tables, JSON documents, and what renders them."""
