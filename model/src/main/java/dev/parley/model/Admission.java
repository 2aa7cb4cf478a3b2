package dev.parley.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Checks that need more than one record: references, conflicts, and what a listener's protocol rules out. */
public final class Admission {
    private Admission() {}

    /** Every problem of a configuration that could be read whole; none if it can be served. */
    public static List<Problem> check(Configuration configuration) {
        return check(configuration, Set.of());
    }

    public static List<Problem> check(Configuration configuration, Set<String> damaged) {
        return new ArrayList<>();
    }
}
