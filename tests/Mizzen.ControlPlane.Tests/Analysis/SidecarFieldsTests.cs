using Mizzen.ControlPlane.Analysis;
using Mizzen.ControlPlane.Tests.Translation;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Tests.Analysis;

/// <summary>What a Sidecar asks for and does not get is told by field.</summary>
public sealed class SidecarFieldsTests
{
    [Theory]
    [InlineData("egress: [{port: {number: 8080, name: http, protocol: HTTP}, captureMode: NONE, hosts: ['*/*']}]", null)]
    [InlineData("egress: [{captureMode: NONE, hosts: ['*/*']}]", "spec.egress[0].captureMode")]
    [InlineData("egress: [{port: {number: 80, name: http, protocol: HTTP}, bind: 'unix:///run/a', captureMode: NONE, hosts: ['*/*']}]", "spec.egress[0].captureMode")]
    [InlineData("egress: [{port: {number: 80, name: http, protocol: HTTP}, bind: 127.0.0.1, hosts: ['*/*']}]", "spec.egress[0].bind")]
    [InlineData("ingress: [{port: {number: 80, name: http, protocol: HTTP}, captureMode: NONE}]", "spec.ingress[0].captureMode")]
    [InlineData("ingress: [{port: {number: 80, name: http, protocol: HTTP}, bind: 10.244.0.4, defaultEndpoint: '127.0.0.1:80'}]", "spec.ingress[0].bind")]
    [InlineData("ingress: [{port: {number: 80, name: http, protocol: HTTP}, captureMode: NONE, defaultEndpoint: '127.0.0.1:80'}]", null)]
    public void By_field(string spec, string? path) => Assert.Equal(
        path,
        MeshAnalysis.Analyze(Meshes.Mesh(Meshes.Object("Sidecar", "own", spec))).SingleOrDefault(problem => problem.Code == IstioCodes.NotSupported)?.Path);
}
