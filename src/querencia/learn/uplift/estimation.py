"""stub"""


class UpliftModel: ...
