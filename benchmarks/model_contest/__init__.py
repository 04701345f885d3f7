"""Models in contest: churn and uplift beside other libraries, and scoring at size."""
