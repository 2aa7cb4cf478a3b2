package dev.parley.config;

import dev.parley.model.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The problems of one reading, gathered wherever they are met and told in the order of the files. */
final class Findings {
    private record Finding(Place place, Problem problem) {}

    private final List<Finding> findings = new ArrayList<>();

    void add(Place place, Problem problem) {
        findings.add(new Finding(place, problem));
    }

    void add(Place place, String code, String path, String what, String why, String fix) {
        add(place, new Problem(code, path, what, why, fix));
    }

    int count() {
        return findings.size();
    }

    List<LocatedProblem> inOrder() {
        // Split once a file: there may be as many problems as lines.
        Map<Integer, List<String>> lines = new HashMap<>();
        return findings.stream()
                .sorted(Comparator.comparing(Finding::place))
                .map(finding -> {
                    Place place = finding.place;
                    Source source = place.source();
                    List<String> all = lines.computeIfAbsent(
                            source.order(), order -> source.text().lines().toList());
                    boolean known = place.line() > 0 && place.line() <= all.size();
                    String line = known ? all.get(place.line() - 1) : "";
                    return new LocatedProblem(finding.problem, source.name(), place.line(), place.column(), line);
                })
                .toList();
    }
}
