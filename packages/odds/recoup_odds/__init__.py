"""The public record of federal IDR determinations, and a calibrated chance of winning fitted on it."""
