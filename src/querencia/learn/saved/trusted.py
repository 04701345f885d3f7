"""The types that a saved model may be made of, beside those of scikit-learn, numpy and LightGBM that skops knows."""

from __future__ import annotations

_LEARN = "querencia.learn"
TRUSTED = (
    f"{_LEARN}.churn.calibrators.IsotonicCalibrator",
    f"{_LEARN}.churn.calibrators.SigmoidCalibrator",
    f"{_LEARN}.churn.classifier.ChurnClassifier",
    f"{_LEARN}.churn.classifier.FoldModel",
    f"{_LEARN}.churn.trees.BoostedTreesClassifier",
    f"{_LEARN}.customer_models.CustomerModels",
    f"{_LEARN}.encoding.components.PrincipalComponents",
    f"{_LEARN}.encoding.encoders.NumericEncoder",
    f"{_LEARN}.encoding.encoders.TreeEncoder",
    f"{_LEARN}.encoding.levels.Levels",
    f"{_LEARN}.engagement.EngagementScorer",
    f"{_LEARN}.figures.churn.Candidate",
    f"{_LEARN}.saved.schema.FeatureSchema",
    f"{_LEARN}.seen.SeenCustomers",
    f"{_LEARN}.segments.segmenter.CustomerSegmenter",
    f"{_LEARN}.value.rule.ValueRule",
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
