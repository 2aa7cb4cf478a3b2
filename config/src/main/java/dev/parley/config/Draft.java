package dev.parley.config;

import dev.parley.config.Yaml.Field;
import dev.parley.config.Yaml.Fields;
import dev.parley.config.Yaml.Items;
import dev.parley.model.Admission;
import dev.parley.model.Configuration;
import dev.parley.model.Problem;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A configuration that has been put together from its files and not been admitted yet.
 *
 * @param configuration what could be read of it; with findings it is good for further checks and nothing else
 * @param damaged the paths of entries of which something could not be read: {@code routes.payments}
 */
record Draft(Fields tree, Optional<Configuration> configuration, Set<String> damaged) {

    static Draft of(List<Yaml> trees, Vocabulary vocabulary, Findings findings) {
        Binder binder = new Binder(vocabulary, findings);
        Shape root = vocabulary.shape(Configuration.class);
        Fields merged = new Merge(root, binder, findings).all(trees);
        Object configuration = binder.record(root, merged, merged.place(), "");
        return new Draft(merged, Optional.ofNullable((Configuration) configuration), binder.damaged());
    }

    /** Runs the checks across entries, and gives each problem, and each warning, its place. */
    void check(Findings findings, Findings warnings) {
        List<Problem> problems = new ArrayList<>();
        List<Problem> odd = new ArrayList<>();
        configuration.ifPresent(known -> {
            problems.addAll(Admission.check(known, damaged));
            problems.addAll(Regexes.check(known));
            CertificateChecks.Found found = CertificateChecks.in(known, Instant.now());
            problems.addAll(found.problems());
            odd.addAll(found.warnings());
        });
        if (problems.isEmpty() && odd.isEmpty()) {
            return;
        }
        Map<String, Place> places = new HashMap<>();
        index(tree, "", places);
        problems.forEach(problem -> findings.add(nearest(problem.path(), places), problem));
        odd.forEach(warning -> warnings.add(nearest(warning.path(), places), warning));
    }

    private static void index(Fields fields, String path, Map<String, Place> places) {
        for (Field field : fields.fields()) {
            String below = Binder.join(path, field.key());
            places.put(below, field.shown());
            index(field.value(), below, places);
        }
    }

    private static void index(Yaml value, String path, Map<String, Place> places) {
        switch (value) {
            case Fields fields -> index(fields, path, places);
            case Items items -> {
                for (int i = 0; i < items.items().size(); i++) {
                    String below = path + "[" + i + "]";
                    places.put(below, items.items().get(i).place());
                    index(items.items().get(i), below, places);
                }
            }
            case Yaml.Scalar scalar -> {
                // Its place is that of the key or item that it belongs to.
            }
        }
    }

    /** A default has no place of its own, so a problem with one is shown at what it belongs to. */
    private Place nearest(String path, Map<String, Place> places) {
        String at = path;
        while (!at.isEmpty()) {
            Place place = places.get(at);
            if (place != null) {
                return place;
            }
            at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
        }
        return tree.place();
    }

    /** Joins the trees of several files: maps by name, and all else may be given once. */
    private record Merge(Shape root, Binder binder, Findings findings) {
        Fields all(List<Yaml> trees) {
            Map<String, Field> merged = new LinkedHashMap<>();
            Place place = Place.whole(new Source("the configuration", 0, ""));
            for (Yaml tree : trees.reversed()) {
                place = Place.whole(tree.place().source());
            }
            for (Yaml tree : trees) {
                if (tree instanceof Fields fields) {
                    fields.fields().forEach(field -> add(field, merged));
                } else {
                    findings.add(
                            tree.place(),
                            "wrong-type",
                            "",
                            "this is not a map.",
                            "A configuration is a map with %s.".formatted(String.join(", ", root.keys())),
                            "Begin with one of them and a colon.");
                }
            }
            return new Fields(place, List.copyOf(merged.values()));
        }

        private void add(Field field, Map<String, Field> merged) {
            Optional<Shape.Part> named = root.settings().stream()
                    .filter(part -> part.key().equals(field.key()) && Shape.isMap(part.type()))
                    .findFirst();
            if (named.isPresent() && !(field.value() instanceof Fields)) {
                // Binding it notes what is wrong with it; there is nothing to join.
                binder.bind(named.get().type(), field, field.key());
                return;
            }
            Field first = merged.putIfAbsent(field.key(), field);
            if (first == null) {
                return;
            }
            if (first.value() instanceof Fields ours && field.value() instanceof Fields theirs && named.isPresent()) {
                merged.put(field.key(), new Field(field.key(), first.at(), join(field.key(), ours, theirs)));
            } else {
                findings.add(
                        field.at(),
                        "duplicate-key",
                        field.key(),
                        "%s is given a second time, first at %s.".formatted(field.key(), first.at()),
                        "Only the maps of named things are joined.",
                        "Keep one of the two.");
            }
        }

        private Fields join(String map, Fields ours, Fields theirs) {
            Map<String, Field> joined = new LinkedHashMap<>();
            ours.fields().forEach(field -> joined.put(field.key(), field));
            for (Field field : theirs.fields()) {
                Field first = joined.putIfAbsent(field.key(), field);
                if (first != null) {
                    findings.add(
                            field.at(),
                            "duplicate-name",
                            map + "." + field.key(),
                            "'%s' is defined a second time, first at %s.".formatted(field.key(), first.at()),
                            "A name stands for one thing in all files.",
                            "Rename or remove one of the two.");
                }
            }
            return new Fields(ours.place(), List.copyOf(joined.values()));
        }
    }
}
