"""A race for slots: 64 clients ask, workers are killed, and no slot may be lost or given twice."""
