using System.Text.Json;
using Mizzen.ControlPlane.Admission;
using Mizzen.ControlPlane.Metrics;
using Mizzen.ControlPlane.Model;
using Mizzen.Resources.Admission;

namespace Mizzen.ControlPlane.Tests.Admission;

public sealed class ValidationWebhookTests
{
    private readonly PilotMetrics _metrics = new();

    [Fact]
    public void An_object_without_mistakes_is_allowed()
    {
        var response = Review("""{"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "a"}, "spec": {"hosts": ["a.example"], "ports": [{"number": 80, "name": "http", "protocol": "HTTP"}], "resolution": "DNS"}}""");
        Assert.True(response.Allowed, response.Status?.Message);
        Assert.Equal("1", response.Uid);
        Assert.Equal(1, _metrics.Value("galley_validation_passed", "group=\"networking.istio.io\",resource=\"ServiceEntry\""));
    }

    [Fact]
    public void A_mistake_is_refused_with_field_and_reason()
    {
        var response = Review("""{"apiVersion": "networking.istio.io/v1", "kind": "ServiceEntry", "metadata": {"name": "a", "namespace": "shop"}}""");
        Assert.False(response.Allowed);
        Assert.StartsWith("configuration is invalid: ServiceEntry shop/a: spec", response.Status!.Message, StringComparison.Ordinal);
        Assert.Equal("spec", response.Status.Details!.Causes![0].Field);
    }

    [Fact]
    public void What_it_refers_to_may_come_later_and_is_only_warned_of()
    {
        var response = Review("""
            {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "namespace": "shop"},
             "spec": {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "nowhere"}}]}]}}
            """);
        Assert.True(response.Allowed, response.Status?.Message);
        Assert.Contains(response.Warnings!, warning => warning.Contains("nowhere", StringComparison.Ordinal) && warning.Contains("IST0101", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_mistake_is_told_at_once()
    {
        var response = Review("""
            {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "a", "namespace": "shop"},
             "spec": {"hosts": [], "http": [{"timeout": "-1s", "route": [{"destination": {"host": "b"}, "weight": -5}]}]}}
            """);
        Assert.False(response.Allowed);
        Assert.Contains("errors occurred:", response.Status!.Message, StringComparison.Ordinal);
        Assert.True(response.Status.Details!.Causes!.Count >= 2, response.Status.Message);
    }

    [Fact]
    public void A_value_that_no_object_can_hold_is_refused_by_its_field()
    {
        var response = Review("""{"apiVersion": "networking.istio.io/v1", "kind": "Gateway", "metadata": {"name": "a", "namespace": "shop"}, "spec": {"servers": [{"port": {"number": 99999999999, "name": "http", "protocol": "HTTP"}, "hosts": ["*"]}]}}""");
        Assert.False(response.Allowed);
        Assert.Contains(response.Status!.Details!.Causes!, cause => cause.Field!.Contains("port", StringComparison.Ordinal));
    }

    [Fact]
    public void A_deletion_is_nobodys_business() =>
        Assert.True(new ValidationWebhook(() => MeshSnapshot.Empty, _metrics).Review(new AdmissionRequest { Uid = "1", Operation = "DELETE" }).Allowed);

    private AdmissionResponse Review(string json)
    {
        var resource = JsonDocument.Parse(json).RootElement;
        var kind = new GroupVersionKind { Group = "networking.istio.io", Version = "v1", Kind = resource.GetProperty("kind").GetString() };
        return new ValidationWebhook(() => MeshSnapshot.Empty, _metrics).Review(new AdmissionRequest { Uid = "1", Kind = kind, Operation = "CREATE", Object = resource });
    }
}
