"""The words of the vocabulary: what people call scores, labels, ids, and what is computed of scores."""

from __future__ import annotations

TRUE_LABEL_NAMES = frozenset(
    [
        "ytrue",
        "truelabel",
        "truelabels",
        "truelabelid",
        "trueclass",
        "trueclasses",
        "true",
        "truth",
        "truths",
        "groundtruth",
        "groundtruths",
        "groundtruthlabel",
        "groundtruthlabels",
        "gt",
        "gtlabel",
        "gtlabels",
        "gtclass",
        "target",
        "targets",
        "targetlabel",
        "targetclass",
        "gold",
        "goldlabel",
        "goldlabels",
        "actual",
        "actuals",
        "actuallabel",
        "actualclass",
        "expected",
        "expectedlabel",
        "expectedclass",
        "obs",
        "observed",
        "reference",
        "yval",
        "yvalid",
        "ydev",
        "ytest",
        "ytrain",
        "labeltrue",
        "labelstrue",
        "trues",
    ]
)
"""What says that a label is the true one; `folded`."""

PLAIN_LABEL_NAMES = frozenset(
    "label labels y class labelid labelids labelidx labelindex labelsid classid classidx classindex".split()  # noqa: SIM905
)
"""What may also hold the predicted class, where there is a truer name too; `folded`."""

ID_NAMES = frozenset(
    [
        "id",
        "ids",
        "sampleid",
        "sampleids",
        "imageid",
        "imageids",
        "rowid",
        "uid",
        "uuid",
        "filename",
        "filenames",
        "filepath",
        "file",
        "path",
        "paths",
        "key",
        "keys",
        "image",
        "images",
        "img",
        "index",
        "rowindex",
        "row",
        "name",
        "guid",
        *[
            "imagepath",
            "imagename",
            "imgid",
            "imgname",
            "docid",
            "exampleid",
            "instanceid",
            "recordid",
            "caseid",
            "textid",
            "fname",
        ],
    ]
)
"""Columns that name rows; `folded`."""

CLUSTER_NAMES = (
    ID_NAMES
    | frozenset("patient patientid subject subjectid person personid speaker speakerid user userid".split())  # noqa: SIM905
    | frozenset("video videoid clip clipid scene sceneid sequence sequenceid session sessionid case".split())  # noqa: SIM905
    | frozenset("scan scanid study studyid slide slideid sourceimage sourceid originalid parentid groupid".split())  # noqa: SIM905
) - {"name", "index", "row", "rowindex", "key", "keys"}
"""Columns in which rows that belong together have one value; `folded`."""

DERIVED = frozenset(
    [
        "max",
        "maximum",
        "min",
        "margin",
        "entropy",
        "conf",
        "confidence",
        "top",
        "top1",
        "gap",
        "sum",
        "total",
        "mean",
        "avg",
        "std",
        "var",
        "label",
        "class",
        "pred",
        "prediction",
        "predicted",
        "argmax",
        "loss",
        "energy",
        "msp",
        "uncertainty",
        "score",
        "correct",
        "logit",
        "prob",
        "second",
        "index",
    ]
)
"""What is computed from the scores and kept with them: not a class, unless labels say so; `folded`."""

PROBABILITY_NAMES = frozenset(
    [
        "probs",
        "prob",
        "probabilities",
        "probability",
        "proba",
        "probas",
        "y_prob",
        "y_probs",
        "y_proba",
        "softmax",
        "softmaxes",
        "pred_probs",
        "pred_proba",
        "predicted_probs",
        "predicted_probabilities",
        "confidences",
        "posteriors",
        "p",
    ]
)

LOGIT_NAMES = frozenset(
    "logits logit y_logits raw_logits logprobs log_probs log_probabilities".split()  # noqa: SIM905
)

OTHER_SCORE_NAMES = frozenset(
    "predictions prediction preds pred scores score y_score y_scores outputs output y_pred y_hat".split()  # noqa: SIM905
)
