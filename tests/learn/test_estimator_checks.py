"""Every estimator keeps scikit-learn's contract."""

from __future__ import annotations

from typing import Any

from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.estimator_checks import parametrize_with_checks

from querencia.learn.churn.classifier import ChurnClassifier
from querencia.learn.churn.histogram import HistogramTreesClassifier
from querencia.learn.churn.linear import LinearChurnClassifier
from querencia.learn.churn.trees import BoostedTreesClassifier
from querencia.learn.encoding.components import PrincipalComponents
from querencia.learn.encoding.encoders import NumericEncoder, TreeEncoder
from querencia.learn.engagement import EngagementScorer
from querencia.learn.segments.segmenter import CustomerSegmenter
from querencia.learn.uplift.dr_learner import DRLearner
from querencia.learn.uplift.s_learner import SLearner
from querencia.learn.uplift.t_learner import TLearner
from querencia.learn.uplift.x_learner import XLearner

SHALLOW = DecisionTreeRegressor(max_depth=3, min_samples_leaf=5, random_state=0)


@parametrize_with_checks(
    [
        NumericEncoder(),
        TreeEncoder(),
        PrincipalComponents(n_components=3),
        EngagementScorer(n_components=3),
        CustomerSegmenter(n_init=1, n_bootstrap=2, n_null=2),
        BoostedTreesClassifier(n_trees=10, learning_rate=0.2, min_leaf=5),
        SLearner(estimator=SHALLOW),
        TLearner(),
        XLearner(estimator=SHALLOW, effect_estimator=SHALLOW),
        DRLearner(),
        HistogramTreesClassifier(n_trees=10, learning_rate=0.2, min_leaf=5),
        LinearChurnClassifier(),
        ChurnClassifier(n_folds=3, n_repeats=1, max_trees=2),
    ]
)
def test_keeps_the_contract_of_scikit_learn(estimator: Any, check: Any) -> None:
    check(estimator)
