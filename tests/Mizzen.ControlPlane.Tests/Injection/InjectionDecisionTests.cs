using Mizzen.ControlPlane.Injection;
using Mizzen.Resources;
using Mizzen.Resources.Core;
using Mizzen.Resources.Meta;

namespace Mizzen.ControlPlane.Tests.Injection;

public sealed class InjectionDecisionTests
{
    [Theory]
    [InlineData("{}", "shop", true)]
    [InlineData("""{"spec": {"hostNetwork": true}}""", "shop", false)]
    [InlineData("""{"spec": {"hostNetwork": true}, "metadata": {"labels": {"sidecar.istio.io/inject": "true"}}}""", "shop", false)]
    [InlineData("{}", "kube-system", false)]
    [InlineData("""{"metadata": {"labels": {"sidecar.istio.io/inject": "false"}}}""", "shop", false)]
    [InlineData("""{"metadata": {"annotations": {"sidecar.istio.io/inject": "false"}}}""", "shop", false)]
    [InlineData("""{"metadata": {"labels": {"sidecar.istio.io/inject": "true"}, "annotations": {"sidecar.istio.io/inject": "false"}}}""", "shop", true)]
    [InlineData("""{"metadata": {"labels": {"sidecar.istio.io/inject": "maybe"}}}""", "shop", false)]
    [InlineData("""{"metadata": {"annotations": {"sidecar.istio.io/status": "{}"}}}""", "shop", false)]
    [InlineData("""{"metadata": {"labels": {"job": "yes"}}}""", "shop", false)]
    [InlineData("""{"metadata": {"labels": {"job": "yes", "sidecar.istio.io/inject": "true"}}}""", "shop", true)]
    public void A_pod_is_injected_unless_something_speaks_against_it(string pod, string ns, bool injects)
    {
        var settings = new InjectionSettings { NeverInject = [Label("job", "yes")] };
        Assert.Equal(injects, InjectionDecision.For(ResourceJson.Deserialize<Pod>(pod), ns, settings).Injects);
    }

    [Theory]
    [InlineData("{}", false)]
    [InlineData("""{"metadata": {"labels": {"mesh": "yes"}}}""", true)]
    [InlineData("""{"metadata": {"annotations": {"sidecar.istio.io/inject": "true"}}}""", true)]
    public void Where_injection_is_off_a_pod_must_ask(string pod, bool injects)
    {
        var settings = new InjectionSettings { InjectsByDefault = false, AlwaysInject = [Label("mesh", "yes")] };
        Assert.Equal(injects, InjectionDecision.For(ResourceJson.Deserialize<Pod>(pod), "shop", settings).Injects);
    }

    private static LabelSelector Label(string name, string value) => new() { MatchLabels = new Dictionary<string, string> { [name] = value } };
}
