"use strict";(self.rspackChunkstreaming_workbench=self.rspackChunkstreaming_workbench||[]).push([[232],{475(e,r,t){var o=t(601),a=t.n(o),n=t(314),i=(t.n(n))()(a());i.push([e.id,`.swb-Panel {
  --swb-input: #2563c9;
  --swb-good: #08765a;
  --swb-warn: #9a4a06;
  --swb-bad: #b3153f;

  display: flex;
  flex-direction: column;
  min-width: 250px;
  overflow-y: auto;
  color: var(--jp-ui-font-color1);
  background: var(--jp-layout-color1);
  font-size: var(--jp-ui-font-size1);
}

[data-jp-theme-light='false'] .swb-Panel {
  --swb-input: #7aaeff;
  --swb-good: #4fd6ae;
  --swb-warn: #ffb27a;
  --swb-bad: #ff8fa8;
}

.swb-Header {
  position: sticky;
  z-index: 1;
  top: 0;
  display: flex;
  align-items: center;
  justify-content: space-between;
  padding: 10px 12px;
  background: var(--jp-layout-color1);
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.swb-Header h2 {
  margin: 0;
  font-size: var(--jp-ui-font-size1);
  font-weight: 600;
}

.swb-Count {
  padding: 1px 8px;
  border-radius: 9px;
  background: var(--jp-layout-color3);
  color: var(--jp-ui-font-color0);
  font-size: var(--jp-ui-font-size0);
  font-variant-numeric: tabular-nums;
}

.swb-Place {
  padding: 4px 8px 10px;
}

.swb-Place h3 {
  margin: 8px 4px 6px;
  font-size: var(--jp-ui-font-size0);
  font-weight: 600;
}

.swb-Link {
  max-width: 100%;
  padding: 0;
  overflow: hidden;
  border: 0;
  background: none;
  color: var(--jp-ui-font-color1);
  cursor: pointer;
  font: inherit;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.swb-Link:hover {
  text-decoration: underline;
}

.swb-Place ul {
  display: flex;
  flex-direction: column;
  gap: 8px;
  margin: 0;
  padding: 0;
  list-style: none;
}

.swb-Query {
  --swb-state: var(--jp-ui-font-color1);

  padding: 8px 10px 4px;
  border: var(--jp-border-width) solid var(--jp-border-color2);
  border-left: 3px solid var(--swb-state);
  border-radius: 4px;
  background: var(--jp-layout-color0, var(--jp-layout-color1));
}

.swb-Query[data-state='running'],
.swb-Query[data-state='starting'] {
  --swb-state: var(--swb-good);
}

.swb-Query[data-state='stopped'] {
  border-left-color: var(--jp-border-color1);
}

.swb-Query[data-state='paused'] {
  --swb-state: var(--swb-warn);
}

.swb-Query[data-state='failed'] {
  --swb-state: var(--swb-bad);
}

.swb-Query-head {
  display: flex;
  align-items: baseline;
  justify-content: space-between;
  gap: 8px;
}

.swb-Query-name {
  overflow: hidden;
  cursor: grab;
  font-weight: 600;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.swb-State {
  flex: none;
  color: var(--swb-state);
  font-size: var(--jp-ui-font-size0);
  font-weight: 600;
}

.swb-Spark {
  display: block;
  width: 100%;
  height: 34px;
  margin: 6px 0 4px;
}

.swb-Spark-base {
  stroke: var(--jp-border-color2);
  stroke-width: 1;
}

.swb-Spark-line {
  fill: none;
  stroke: var(--swb-input);
  stroke-linejoin: round;
  stroke-width: 1.5;
}

.swb-Spark-area {
  fill: var(--swb-input);
  opacity: 0.14;
}

.swb-Figures {
  display: grid;
  grid-template-columns: repeat(3, minmax(0, 1fr));
  gap: 4px 8px;
  margin: 6px 0;
}

.swb-Figures .swb-wide {
  grid-column: span 2;
}

.swb-Figures dt {
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
  line-height: 1.3;
}

.swb-Figures dd {
  margin: 0;
  font-size: calc(var(--jp-ui-font-size0) * 1.06);
  font-variant-numeric: tabular-nums;
  font-weight: 600;
  line-height: 1.3;
  overflow-wrap: anywhere;
}

.swb-Buttons {
  display: flex;
  gap: 2px;
  margin: 2px -6px 0;
}

.swb-Button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  width: 28px;
  height: 26px;
  padding: 0;
  border: 0;
  border-radius: 3px;
  background: none;
  cursor: pointer;
}

.swb-Button > span {
  display: flex;
}

.swb-Button:hover:enabled {
  background: var(--jp-layout-color2);
}

.swb-Button:disabled {
  cursor: default;
  opacity: 0.32;
}

.swb-Button:focus-visible,
.swb-Link:focus-visible {
  outline: 2px solid var(--jp-brand-color1);
  outline-offset: 1px;
}

.swb-Query-error {
  margin: 4px 0;
  color: var(--swb-bad);
  font-size: var(--jp-ui-font-size0);
  overflow-wrap: anywhere;
}

.swb-Query-message {
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
  overflow-wrap: anywhere;
}

.swb-Query-message:not(:empty) {
  padding-bottom: 4px;
}

.swb-Note {
  margin: 2px 4px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
}

.swb-Nothing {
  display: flex;
  flex-direction: column;
  align-items: center;
  padding: 40px 16px;
  text-align: center;
}

.swb-Nothing p {
  margin: 8px 0 0;
}

.swb-Nothing code {
  margin-top: 8px;
  padding: 4px 8px;
  border-radius: 4px;
  background: var(--jp-layout-color2);
  font-size: var(--jp-code-font-size);
  overflow-wrap: anywhere;
}

.swb-Status {
  display: flex;
  align-items: center;
  gap: 4px;
  height: 100%;
  padding: 0 6px;
  border: 0;
  background: none;
  color: inherit;
  cursor: pointer;
  font: inherit;
  font-variant-numeric: tabular-nums;
}

.swb-Status:hover {
  background: var(--jp-layout-color3);
}

.swb-Status > span {
  display: flex;
}

.swb-Status svg {
  width: 16px;
}

.swb-Dashboard {
  padding: 8px 12px;
  overflow: auto;
  background: var(--jp-layout-color0);
  color: var(--jp-ui-font-color1);
}

.swb-Dashboard-note {
  padding: 24px;
  text-align: center;
}
`,""]),t.d(r,{},{A:i})},314(e){e.exports=function(e){var r=[];return r.toString=function(){return this.map(function(r){var t="",o=void 0!==r[5];return r[4]&&(t+="@supports (".concat(r[4],") {")),r[2]&&(t+="@media ".concat(r[2]," {")),o&&(t+="@layer".concat(r[5].length>0?" ".concat(r[5]):""," {")),t+=e(r),o&&(t+="}"),r[2]&&(t+="}"),r[4]&&(t+="}"),t}).join("")},r.i=function(e,t,o,a,n){"string"==typeof e&&(e=[[null,e,void 0]]);var i={};if(o)for(var s=0;s<this.length;s++){var p=this[s][0];null!=p&&(i[p]=!0)}for(var l=0;l<e.length;l++){var c=[].concat(e[l]);o&&i[c[0]]||(void 0!==n&&(void 0===c[5]||(c[1]="@layer".concat(c[5].length>0?" ".concat(c[5]):""," {").concat(c[1],"}")),c[5]=n),t&&(c[2]&&(c[1]="@media ".concat(c[2]," {").concat(c[1],"}")),c[2]=t),a&&(c[4]?(c[1]="@supports (".concat(c[4],") {").concat(c[1],"}"),c[4]=a):c[4]="".concat(a)),r.push(c))}},r}},601(e){e.exports=function(e){return e[1]}},72(e){var r=[];function t(e){for(var t=-1,o=0;o<r.length;o++)if(r[o].identifier===e){t=o;break}return t}function o(e,o){for(var a={},n=[],i=0;i<e.length;i++){var s=e[i],p=o.base?s[0]+o.base:s[0],l=a[p]||0,c="".concat(p," ").concat(l);a[p]=l+1;var u=t(c),d={css:s[1],media:s[2],sourceMap:s[3],supports:s[4],layer:s[5]};if(-1!==u)r[u].references++,r[u].updater(d);else{var f=function(e,r){var t=r.domAPI(r);return t.update(e),function(r){r?(r.css!==e.css||r.media!==e.media||r.sourceMap!==e.sourceMap||r.supports!==e.supports||r.layer!==e.layer)&&t.update(e=r):t.remove()}}(d,o);o.byIndex=i,r.splice(i,0,{identifier:c,updater:f,references:1})}n.push(c)}return n}e.exports=function(e,a){var n=o(e=e||[],a=a||{});return function(e){e=e||[];for(var i=0;i<n.length;i++){var s=t(n[i]);r[s].references--}for(var p=o(e,a),l=0;l<n.length;l++){var c=t(n[l]);0===r[c].references&&(r[c].updater(),r.splice(c,1))}n=p}}},659(e){var r={};e.exports=function(e,t){var o=function(e){if(void 0===r[e]){var t=document.querySelector(e);if(window.HTMLIFrameElement&&t instanceof window.HTMLIFrameElement)try{t=t.contentDocument.head}catch(e){t=null}r[e]=t}return r[e]}(e);if(!o)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");o.appendChild(t)}},540(e){e.exports=function(e){var r=document.createElement("style");return e.setAttributes(r,e.attributes),e.insert(r,e.options),r}},56(e,r,t){e.exports=function(e){var r=t.nc;r&&e.setAttribute("nonce",r)}},825(e){e.exports=function(e){if("u"<typeof document)return{update:function(){},remove:function(){}};var r=e.insertStyleElement(e);return{update:function(t){var o,a,n;o="",t.supports&&(o+="@supports (".concat(t.supports,") {")),t.media&&(o+="@media ".concat(t.media," {")),(a=void 0!==t.layer)&&(o+="@layer".concat(t.layer.length>0?" ".concat(t.layer):""," {")),o+=t.css,a&&(o+="}"),t.media&&(o+="}"),t.supports&&(o+="}"),(n=t.sourceMap)&&"u">typeof btoa&&(o+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(n))))," */")),e.styleTagTransform(o,r,e.options)},remove:function(){var e;null===(e=r).parentNode||e.parentNode.removeChild(e)}}}},113(e){e.exports=function(e,r){if(r.styleSheet)r.styleSheet.cssText=e;else{for(;r.firstChild;)r.removeChild(r.firstChild);r.appendChild(document.createTextNode(e))}}},579(e,r,t){var o=t(72),a=t.n(o),n=t(825),i=t.n(n),s=t(659),p=t.n(s),l=t(56),c=t.n(l),u=t(540),d=t.n(u),f=t(113),b=t.n(f),w=t(475),v={};v.styleTagTransform=b(),v.setAttributes=c(),v.insert=p().bind(null,"head"),v.domAPI=i(),v.insertStyleElement=d(),a()(w.A,v),w.A&&w.A.locals&&w.A.locals}}]);