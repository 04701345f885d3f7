"""Who is about to leave, who is at home, and what each customer is worth: scikit-learn estimators, one file each."""
