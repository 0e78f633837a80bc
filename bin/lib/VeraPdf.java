import java.io.File;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;

/** Validates PDF files with the engine of veraPDF: java … VeraPdf.java 3a,ua1 FILE… Exit code 1 when one fails. */
public class VeraPdf {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = true;
        for (int at = 1; at < arguments.length; at++) {
            for (String name : arguments[0].split(",")) {
                var flavour = PDFAFlavour.fromString(name);
                var foundry = Foundries.defaultInstance();
                try (var parser = foundry.createParser(new File(arguments[at]), flavour, flavour);
                        var validator = foundry.createValidator(flavour, false)) {
                    var result = validator.validate(parser);
                    good &= result.isCompliant();
                    System.out.printf("%s  %s  %d checks  %s%n", result.isCompliant() ? "ok    " : "FAILED", name,
                            result.getTotalAssertions(), arguments[at]);
                    result.getFailedChecks().forEach((rule, count) -> System.out.printf(
                            "        %s-%d: %d times%n", rule.getClause(), rule.getTestNumber(), count));
                }
            }
        }
        System.exit(good ? 0 : 1);
    }
}
