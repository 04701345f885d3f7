"""What a customer is worth: from purchases, from revenue, or from a declared figure."""
