"""What contact changes: the learners of effects, the ranking of a campaign, and whether the experiment was sound."""
