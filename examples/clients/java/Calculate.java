import com.google.type.Money;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.MetadataUtils;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import subsidy.v1.CalculateRequest;
import subsidy.v1.CalculateResponse;
import subsidy.v1.CalculationServiceGrpc;
import subsidy.v1.Month;
import subsidy.v1.Value;

/** Calculates one claim over TLS: Calculate HOST:PORT CA.pem CERTIFICATE.pem KEY.pem [HOURS]. */
public final class Calculate {
  // What is tried again, by the channel itself. A calculation changes nothing, so it may be asked as often as one likes.
  // CANCELLED is what a service that stops says of a call that has just come.
  private static final Map<String, ?> RETRY =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name", List.of(Map.of("service", "subsidy.v1.CalculationService")),
                  "retryPolicy",
                      Map.of(
                          "maxAttempts", 5.0,
                          "initialBackoff", "0.5s",
                          "maxBackoff", "4s",
                          "backoffMultiplier", 2.0,
                          "retryableStatusCodes", List.of("UNAVAILABLE", "RESOURCE_EXHAUSTED", "CANCELLED")))));

  private static Value decimal(String text) {
    return Value.newBuilder().setDecimal(text).build();
  }

  /** An amount is whole yuan and billionths of one; never a double. */
  private static String shown(Money money) {
    return money.getUnits() + "." + String.format("%02d", money.getNanos() / 10_000_000);
  }

  public static void main(String[] args) throws Exception {
    ChannelCredentials credentials =
        TlsChannelCredentials.newBuilder()
            .trustManager(new File(args[1]))
            .keyManager(new File(args[2]), new File(args[3]))
            .build();
    ManagedChannel channel =
        Grpc.newChannelBuilder(args[0], credentials).defaultServiceConfig(RETRY).enableRetry().build();
    CalculateRequest request =
        CalculateRequest.newBuilder()
            .setPolicy("cn/liaoning/shenyang/home-service")
            .putFacts("beneficiary", Value.newBuilder().setId("B1").build())
            .putFacts("month", Value.newBuilder().setMonth(Month.newBuilder().setYear(2023).setMonth(8)).build())
            .putFacts("hours", decimal(args.length > 4 ? args[4] : "20.25"))
            .putFacts("price", decimal("30.50"))
            .putFacts("left_monthly", decimal("1350"))
            .build();

    // The id under which the log of the service has this call.
    String id = UUID.randomUUID().toString();
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-request-id", Metadata.ASCII_STRING_MARSHALLER), id);
    try {
      CalculateResponse answer =
          CalculationServiceGrpc.newBlockingStub(channel)
              .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
              .withDeadlineAfter(20, TimeUnit.SECONDS) // with all that is tried again
              .calculate(request);
      System.out.println(shown(answer.getAmount().getDetermined()) + " CNY, " + answer.getDigest());
    } catch (StatusRuntimeException error) {
      System.err.println(error.getStatus().getCode() + ": " + error.getStatus().getDescription() + " (" + id + ")");
      System.exit(1);
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }
}
