"""The types that a saved model may be made of, beside those of scikit-learn and numpy that skops knows.

Trees are trusted too: a forged one could make the process crash when it scores, but not do what a forger wants.
"""

from __future__ import annotations

_LEARN = "querencia.learn"
TRUSTED = (
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    f"{_LEARN}.churn.calibrators.IsotonicCalibrator",
    f"{_LEARN}.churn.calibrators.SigmoidCalibrator",
    f"{_LEARN}.churn.classifier.ChurnClassifier",
    f"{_LEARN}.churn.combining.FoldModel",
    f"{_LEARN}.churn.histogram.HistogramTreesClassifier",
    f"{_LEARN}.churn.linear.LinearChurnClassifier",
    f"{_LEARN}.churn.trees.BoostedTreesClassifier",
    f"{_LEARN}.customer_models.CustomerModels",
    f"{_LEARN}.encoding.components.PrincipalComponents",
    f"{_LEARN}.encoding.encoders.NumericEncoder",
    f"{_LEARN}.encoding.encoders.TreeEncoder",
    f"{_LEARN}.encoding.levels.Levels",
    f"{_LEARN}.engagement.EngagementScorer",
    f"{_LEARN}.figures.churn.Candidate",
    f"{_LEARN}.figures.segments.CutComparison",
    f"{_LEARN}.figures.segments.SegmentTrial",
    f"{_LEARN}.saved.schema.FeatureSchema",
    f"{_LEARN}.seen.SeenCustomers",
    f"{_LEARN}.segments.segmenter.CustomerSegmenter",
    f"{_LEARN}.streams.StreamedCovariance",
    f"{_LEARN}.uplift.dr_learner.DRLearner",
    f"{_LEARN}.uplift.estimation.UpliftModel",
    f"{_LEARN}.uplift.s_learner.SLearner",
    f"{_LEARN}.uplift.t_learner.TLearner",
    f"{_LEARN}.uplift.x_learner.XLearner",
    f"{_LEARN}.value.purchases.BetaGeometricModel",
    f"{_LEARN}.value.rule.ValueRule",
    f"{_LEARN}.value.spend.GammaGammaModel",
    f"{_LEARN}.value.transactions.PurchaseModel",
)
