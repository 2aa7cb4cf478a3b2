package dev.parley.simulation.scenario;

import dev.parley.simulation.world.Timeline;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came of one run of a scenario. */
public final class Result {
    private final String title;
    private final long seed;
    private final Map<String, Timeline> timelines = new LinkedHashMap<>();
    private final List<Invariant> invariants = new ArrayList<>();
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final Map<String, double[]> series = new LinkedHashMap<>();

    public Result(String title, long seed) {
        this.title = title;
        this.seed = seed;
    }

    /** What clients of one kind saw. */
    public Result timeline(String of, Timeline timeline) {
        timelines.put(of, timeline);
        return this;
    }

    /** What must have held. */
    public Result must(Invariant invariant) {
        invariants.add(invariant);
        return this;
    }

    /** A number for the report's tables; its name says its unit. */
    public Result figure(String name, double value) {
        figures.put(name, value);
        return this;
    }

    /** Something that was looked at once in each step of the timeline. */
    public Result series(String name, double[] values) {
        series.put(name, values);
        return this;
    }

    public String title() {
        return title;
    }

    public long seed() {
        return seed;
    }

    /** What clients of one kind saw. */
    public Timeline timeline(String of) {
        return required(timelines, of);
    }

    public List<Invariant> invariants() {
        return List.copyOf(invariants);
    }

    /** A number by its name. */
    public double figure(String name) {
        return required(figures, name);
    }

    public Map<String, Double> figures() {
        return Map.copyOf(figures);
    }

    /** What was looked at in each step. */
    public double[] series(String name) {
        return required(series, name);
    }

    private <T> T required(Map<String, T> of, String name) {
        T value = of.get(name);
        if (value == null) {
            throw new IllegalArgumentException("%s has no '%s', but %s.".formatted(title, name, of.keySet()));
        }
        return value;
    }

    /** Those that did not hold, each with the seed that shows it again; empty where all did. */
    public List<String> broken() {
        return invariants.stream()
                .filter(each -> !each.holds())
                .map(each -> "%s (seed %d): %s".formatted(title, seed, each))
                .toList();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(title + ", seed " + seed);
        invariants.forEach(each ->
                text.append("\n  ").append(each.holds() ? "holds  " : "BROKEN ").append(each));
        figures.forEach(
                (name, value) -> text.append("\n  ").append(name).append(": ").append(Invariant.number(value)));
        return text.toString();
    }
}
