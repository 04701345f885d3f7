"""Writers: what makes messages from briefs."""
