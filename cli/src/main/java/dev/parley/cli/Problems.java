package dev.parley.cli;

import dev.parley.config.Loaded;
import dev.parley.config.LocatedProblem;
import dev.parley.model.Problem;
import java.io.PrintWriter;
import java.util.List;

/** Shows problems to the person who has to mend them. */
public final class Problems {
    private Problems() {}

    /** Every problem of a configuration with its line and a caret, then how many they are. */
    public static void print(Loaded.Rejected rejected, PrintWriter err) {
        for (LocatedProblem problem : rejected.problems()) {
            err.println(problem.renderWithSource());
            err.println();
        }
        int count = rejected.problems().size();
        err.println("%s. Nothing was changed.".formatted(Summary.count(count, "problem")));
        err.flush();
    }

    /** Every reason why Parley could not start. */
    public static void print(List<Problem> problems, PrintWriter err) {
        for (Problem problem : problems) {
            err.println("parley: %s%s [%s]"
                    .formatted(
                            problem.path().isEmpty() ? "" : problem.path() + ": ", problem.sentence(), problem.code()));
        }
        err.flush();
    }
}
