package dev.parley.proxy.outlier;

import java.util.Locale;

/** Figures in words for users. */
final class Figures {
    private Figures() {}

    /** "42.1%". */
    static String share(double share) {
        return String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    /** "1.24s", "512ms", "0.8ms". */
    static String time(double ns) {
        double ms = ns / 1e6;
        if (ms >= 1000) {
            return String.format(Locale.ROOT, "%.2fs", ms / 1000);
        }
        return String.format(Locale.ROOT, ms >= 10 ? "%.0fms" : "%.1fms", ms);
    }
}
