package dev.parley.proxy.route;

import dev.parley.model.Problem;
import java.util.ArrayList;
import java.util.List;

/** What routes ask for that the router cannot do within its bounds, gathered so that all of it is told at once. */
final class RouteProblems {
    private final List<Problem> problems = new ArrayList<>();

    void invalid(String route, String what) {
        problems.add(new Problem("invalid-match", "routes." + route, what, "", ""));
    }

    void tooMany(String route, String setting, String what, String why, String fix) {
        problems.add(new Problem("route-limit", "routes." + route + "." + setting, what, why, fix));
    }

    List<Problem> all() {
        return List.copyOf(problems);
    }
}
