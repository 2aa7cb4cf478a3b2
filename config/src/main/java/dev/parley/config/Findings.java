package dev.parley.config;

import dev.parley.model.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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
        return findings.stream()
                .sorted(Comparator.comparing(Finding::place))
                .map(finding -> located(finding.place, finding.problem))
                .toList();
    }

    private static LocatedProblem located(Place place, Problem problem) {
        String line = place.line() == 0 ? "" : place.source().line(place.line());
        return new LocatedProblem(problem, place.source().name(), place.line(), place.column(), line);
    }
}
