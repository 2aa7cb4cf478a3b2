package dev.parley.proxy.exchange;

import dev.parley.proxy.record.Label;
import java.util.HashMap;
import java.util.Map;

/** The codes of reasons as labels for the log. Codes are constants and few; what is not one is bounded all the same. */
public final class ReasonLabels {
    private static final int MOST = 512;

    private final Map<String, Label> labels = new HashMap<>();

    public Label of(String code) {
        Label label = labels.get(code);
        if (label == null) {
            label = Label.of(code);
            if (labels.size() < MOST) {
                labels.put(code, label);
            }
        }
        return label;
    }
}
